% Information gain over a baseline map, in bits a fixation.
function score = mit_infogain (S, F, base)
  S = mit_imresize (S, size (F));
  base = mit_imresize (base, size (F));
  S = (S - min (S(:))) / (max (S(:)) - min (S(:)));
  S = S / sum (S(:));
  base = (base - min (base(:))) / (max (base(:)) - min (base(:)));
  base = base / sum (base(:));
  at = F > 0;
  score = mean (log2 (eps + S(at)) - log2 (eps + base(at)));
end
