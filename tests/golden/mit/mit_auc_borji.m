% AUC Borji: negatives are pixels drawn with replacement, n for each split.
function score = mit_auc_borji (S, F, splits, step)
  score = NaN;
  n = sum (F(:) > 0);
  if n <= 1
    return
  end
  S = mit_stretch (S, F);
  if all (isnan (S))
    return
  end
  drawn = randi ([1 numel(S)], [n splits]);
  score = mit_stepped_area (S(F(:) > 0), reshape (S(drawn), n, splits), step);
end
