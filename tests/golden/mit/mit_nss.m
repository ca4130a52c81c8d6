% NSS: z-scores with the sample's standard deviation, averaged at fixations.
function score = mit_nss (S, F)
  S = mit_imresize (S, size (F));
  S = (S - mean (S(:))) / std (S(:));
  score = mean (S(F > 0));
end
