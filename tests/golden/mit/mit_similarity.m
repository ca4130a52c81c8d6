% Similarity: sum of the smaller of two stretched densities.
function score = mit_similarity (A, B)
  A = mit_imresize (A, size (B));
  if any (A(:))
    A = (A - min (A(:))) / (max (A(:)) - min (A(:)));
    A = A / sum (A(:));
  end
  if any (B(:))
    B = (B - min (B(:))) / (max (B(:)) - min (B(:)));
    B = B / sum (B(:));
  end
  if all (isnan (A(:))) || all (isnan (B(:)))
    score = NaN;
  else
    score = sum (min (A(:), B(:)));
  end
end
