% Mean area over splits: thresholds 0, step, ... up to the largest value met.
function score = mit_stepped_area (at_fixations, negatives, step)
  areas = nan (1, columns (negatives));
  for s = 1:columns (negatives)
    drawn = negatives(:, s);
    thresholds = fliplr (0:step:max ([at_fixations; drawn]));
    m = numel (thresholds);
    tp = zeros (m + 2, 1);
    fp = zeros (m + 2, 1);
    tp(end) = 1;
    fp(end) = 1;
    for i = 1:m
      tp(i + 1) = sum (at_fixations >= thresholds(i)) / numel (at_fixations);
      fp(i + 1) = sum (drawn >= thresholds(i)) / numel (drawn);
    end
    areas(s) = trapz (fp, tp);
  end
  score = mean (areas);
end
