% CC: Pearson's correlation of z-scored maps.
function score = mit_cc (A, B)
  A = mit_imresize (A, size (B));
  A = (A - mean (A(:))) / std (A(:));
  B = (B - mean (B(:))) / std (B(:));
  score = corr2 (A, B);
end
