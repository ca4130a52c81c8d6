% Earth mover's distance of two densities as one linear programme.
function score = mit_emd (A, B, shrink)
  B = mit_imresize (B, ceil (size (B) / shrink));
  A = mit_imresize (A, size (B));
  A = A / sum (A(:));
  B = B / sum (B(:));
  [x, y] = meshgrid (1:columns (B), 1:rows (B));
  cost = sqrt ((x(:) - x(:)') .^ 2 + (y(:) - y(:)') .^ 2);
  n = numel (B);
  gives = kron (ones (1, n), eye (n));
  gets = kron (eye (n), ones (1, n));
  constraints = [gives; gets];
  amounts = [A(:); B(:)];
  [~, score] = glpk (cost(:), constraints(1:end - 1, :), ...
                     amounts(1:end - 1), zeros (n * n, 1), [], ...
                     repmat ('S', 1, 2 * n - 1), ...
                     repmat ('C', 1, n * n), 1);
end
