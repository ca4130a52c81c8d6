"""The page and its service: a picture over HTTP to its saliency map.

In: uploads, from a browser or curl. Out: maps, overlays, scores, and the page
itself (`static/`). `server` binds and runs, `service` answers, `guard` decides
who is heard, `uploads` reads bodies within limits, `batching` shares the one
engine among requests, `predicting` is what runs in its process, and `gaze_files`
reads known gaze there. Called by
the command line; needs the extra ``[web]``.
"""
