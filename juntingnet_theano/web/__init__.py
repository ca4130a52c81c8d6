"""The page and its service: a picture over HTTP to its saliency map.

In: uploads, from a browser or curl. Out: maps, overlays, scores, and the page
itself (`static/`). `server` binds and runs, `service` answers, `guard` decides
who is heard, `uploads` reads bodies within limits, and `forms` what is in them.
`batching` shares the one engine among requests, `predicting` runs in its process,
and `gaze_files` reads known gaze there. The command line calls it; it needs the
extra ``[web]``.
"""
