% MATLAB's imresize, bicubic, from Octave's: MATLAB lets the weights of each
% new pixel sum to 1, Octave's image package 2.14 only nearly does where an
% axis shrinks by a factor that is not whole.
function S = mit_imresize (S, shape)
  if any (size (S) != shape)
    S = imresize (S, shape) ./ imresize (ones (size (S)), shape);
  end
end
