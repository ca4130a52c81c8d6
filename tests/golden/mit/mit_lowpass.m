% The benchmark's low-pass, by the two-dimensional transform.
function blurred = mit_lowpass (F, cycles)
  n = 2 ^ ceil (log2 (max (size (F))));
  [fx, fy] = meshgrid (-n / 2:n / 2 - 1);
  s = cycles / sqrt (log (2));
  gain = fftshift (exp (-(fx .^ 2 + fy .^ 2) / s ^ 2));
  blurred = real (ifft2 (fft2 (double (F), n, n) .* gain));
  blurred = blurred(1:rows (F), 1:columns (F));
end
