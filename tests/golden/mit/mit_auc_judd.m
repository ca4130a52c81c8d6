% AUC Judd without jitter, threshold by threshold.
% Written from the description in words (README.rst beside this file).
function score = mit_auc_judd (S, F)
  score = NaN;
  if ! any (F(:))
    return
  end
  S = mit_stretch (S, F);
  if all (isnan (S))
    return
  end
  at_fixations = S(F(:) > 0);
  n = numel (at_fixations);
  P = numel (S);
  thresholds = sort (at_fixations, 'descend');
  tp = zeros (n + 2, 1);
  fp = zeros (n + 2, 1);
  tp(end) = 1;
  fp(end) = 1;
  for i = 1:n
    above = sum (S >= thresholds(i));
    tp(i + 1) = i / n;
    fp(i + 1) = (above - i) / (P - n);
  end
  score = trapz (fp, tp);
end
