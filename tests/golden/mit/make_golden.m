% Print the numbers of ../mit-octave-7.3.0.csv:
%     octave --no-gui make_golden.m > ../mit-octave-7.3.0.csv
% The pictures are formulas, which tests/test_metrics_golden.py repeats.
1;
pkg load image
warning ('off', 'all');

function show (map_name, fixation_name, metric, value)
  printf ('%s,%s,%s,%.17g\n', map_name, fixation_name, metric, value);
end

function F = dots (shape, places)      % places: 0-based (row, column)
  F = zeros (shape);
  for p = places'
    F(p(1) + 1, p(2) + 1) = 1;
  end
end

function S = bump (shape, row, column, spread)
  [c, r] = meshgrid (0:shape(2) - 1, 0:shape(1) - 1);
  S = exp (-((r - row) .^ 2 + (c - column) .^ 2) / spread);
end

shape = [12 16];
[c, r] = meshgrid (0:15, 0:11);
maps.T = mod (7 * r + 13 * c, 23) / 22;
maps.G = bump (shape, 5, 7, 18);
maps.zero = zeros (shape);
maps.third = .3 * ones (shape);
maps.bytes = round (255 * maps.G);          % an integer map, as doubles
maps.levels = round (4 * maps.G) / 4;       % many ties
maps.binary = double (maps.G > .5);
maps.negative = maps.T - .5;
maps.missing = nan (shape);
maps.larger = bump ([24 32], 10, 15, 70);
maps.smaller = bump ([5 7], 2.1, 3.3, 3);   % no symmetry, no near ties
maps.mixed = bump ([9 40], 4, 20, 60);
maps.odd = bump ([17 23], 8.3, 10.1, 40);
GT = bump (shape, 6, 8, 10);
B = bump (shape, 5.5, 7.5, 40);
fixations.five = dots (shape, [5 7; 4 8; 6 6; 2 12; 9 3]);
fixations.one = dots (shape, [4 8]);
fixations.none = zeros (shape);
other = dots (shape, [0 0; 11 15; 5 8; 10 2; 3 3]);
fewer = dots (shape, [0 0; 11 15; 5 8]);

disp ('map,fixations,metric,value');
for name = fieldnames (maps)'
  S = maps.(name{1});
  for which = fieldnames (fixations)'
    F = fixations.(which{1});
    show (name{1}, which{1}, 'auc_judd', mit_auc_judd (S, F));
    show (name{1}, which{1}, 'auc_shuffled_fewer', ...
          mit_auc_shuffled (S, F, dots (shape, [0 0]), 5, .1));
    show (name{1}, which{1}, 'nss', mit_nss (S, F));
    show (name{1}, which{1}, 'information_gain', mit_infogain (S, F, B));
  end
  F = fixations.five;
  show (name{1}, 'five', 'auc_shuffled', mit_auc_shuffled (S, F, other, 5, .1));
  show (name{1}, 'five', 'auc_shuffled_fine', ...
        mit_auc_shuffled (S, F, other, 5, .01));
  show (name{1}, 'five', 'auc_shuffled_third', ...
        mit_auc_shuffled (S, F, fewer, 5, 1 / 3));
  show (name{1}, 'truth', 'cc', mit_cc (S, GT));
  show (name{1}, 'truth', 'similarity', mit_similarity (S, GT));
  show (name{1}, 'truth', 'kl_divergence', mit_kldiv (S, GT));
  show (name{1}, 'zero', 'similarity', mit_similarity (S, zeros (shape)));
  show (name{1}, 'zero', 'kl_divergence', mit_kldiv (S, zeros (shape)));
  blurred = mit_lowpass (F, 8);
  show (name{1}, 'lowpass', 'cc', mit_cc (S, blurred));
  show (name{1}, 'lowpass', 'similarity', mit_similarity (S, blurred));
end
for name = {'T', 'G', 'bytes', 'larger', 'odd'}
  show (name{1}, 'truth', 'emd', mit_emd (maps.(name{1}), GT, 4));
end
for cycles = [2 8]                          % every pixel of small blurs
  for size_of = {[12 16], [16 12], [9 9], [20 33]}
    F = dots (size_of{1}, [5 7; 4 8; 6 6; 0 0; 8 3]);
    blurred = mit_lowpass (F, cycles);
    tag = sprintf ('%dx%d', size_of{1});
    for i = 1:7:numel (blurred)
      show (tag, sprintf ('%d', i - 1), ...
            sprintf ('lowpass_%d', cycles), blurred(i));
    end
  end
end
for size_of = {[12 16], [3 5], [24 20], [5 31], [9 7]}
  resized = mit_imresize (maps.odd, size_of{1});
  tag = sprintf ('%dx%d', size_of{1});
  for i = 1:5:numel (resized)
    show (tag, sprintf ('%d', i - 1), 'imresize', resized(i));
  end
end
rand ('seed', 1);
rand ('twister', 1);
for name = {'T', 'G', 'levels'}             % means of many splits
  show (name{1}, 'five', 'auc_borji_mean', ...
        mit_auc_borji (maps.(name{1}), fixations.five, 20000, .1));
  show (name{1}, 'five', 'auc_shuffled_mean', ...
        mit_auc_shuffled (maps.(name{1}), fixations.five, ...
                          dots (shape, [0 0; 11 15; 5 8; 10 2; 3 3; 6 7; ...
                                        5 6; 2 11; 9 9]), 20000, .1));
end
