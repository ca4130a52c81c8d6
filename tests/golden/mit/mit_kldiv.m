% KL divergence of densities, without stretching.
function score = mit_kldiv (S, G)
  S = mit_imresize (S, size (G));
  if any (S(:))
    S = S / sum (S(:));
  end
  if any (G(:))
    G = G / sum (G(:));
  end
  score = sum (sum (G .* log (eps + G ./ (S + eps))));
end
