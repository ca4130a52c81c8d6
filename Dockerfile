# docker build -t juntingnet . && docker run -p 127.0.0.1:8765:8765 juntingnet
FROM python:3.12-slim
RUN useradd --create-home --uid 1000 juntingnet
WORKDIR /src
COPY setup.py pyproject.toml README.rst LICENSE ./
COPY juntingnet_theano juntingnet_theano
RUN pip install --no-cache-dir '.[web]'
# By number, so that Kubernetes sees that it is not root.
USER 1000
WORKDIR /home/juntingnet
# Kernels are compiled once, here, so that a container starts in seconds on a
# processor like this one.
RUN python -c "import juntingnet_theano, numpy; juntingnet_theano.load().predict(numpy.zeros((96, 96), 'uint8'))"
# Writable also where all else is not: docker run --read-only.
VOLUME /home/juntingnet/.pytensor
EXPOSE 8765
HEALTHCHECK --start-period=120s --timeout=5s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8765/health')"]
ENTRYPOINT ["juntingnet", "serve", "--host", "0.0.0.0"]
# Published on 127.0.0.1 alone as above. To publish it to others:
# docker run -p 8765:8765 juntingnet --token TOKEN
CMD ["--no-token"]
