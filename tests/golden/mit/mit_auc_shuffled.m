% AUC shuffled: negatives are fixated places of other images, for each split
% the first min(n, |other|) of a random permutation.
function score = mit_auc_shuffled (S, F, other, splits, step)
  score = NaN;
  if ! any (F(:))
    return
  end
  S = mit_stretch (S, F);
  if all (isnan (S))
    return
  end
  at_fixations = S(F(:) > 0);
  places = find (other(:) > 0);
  m = min (numel (at_fixations), numel (places));
  if m == 0
    return
  end
  drawn = nan (m, splits);
  for s = 1:splits
    order = places(randperm (numel (places)));
    drawn(:, s) = S(order(1:m));
  end
  score = mit_stepped_area (at_fixations, drawn, step);
end
