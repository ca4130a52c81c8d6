% A map at the size of the fixation map, its values from 0 to 1, as a column.
function S = mit_stretch (S, F)
  S = mit_imresize (S, size (F));
  S = (S - min (S(:))) / (max (S(:)) - min (S(:)));
  S = S(:);
end
