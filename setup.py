"""Install juntingnet_theano: the package and its one command, juntingnet."""

import os
import re

from setuptools import find_packages, setup

HERE = os.path.dirname(os.path.abspath(__file__))
PAPER = 'https://arxiv.org/abs/1507.01422'


def read(*parts):
    with open(os.path.join(HERE, *parts), encoding='utf-8') as file:
        return file.read()


setup(
    name='juntingnet_theano',
    version=re.search(r"__version__ = '([^']+)'", read('juntingnet_theano', 'version.py')).group(1),
    description='JuntingNet (Pan and Giro-i-Nieto, 2015): end-to-end '
    'saliency prediction on Theano and Lasagne, today',
    long_description=read('README.rst'),
    long_description_content_type='text/x-rst',
    author='the juntingnet_theano developers',
    url=PAPER,
    project_urls={'Paper': PAPER},
    # The code is MIT. The weights that ship have terms of their own:
    # research only, as the gaze that they learnt from.
    license_expression='MIT AND LicenseRef-JuntingNet-Weights-Research-Only',
    license_files=['LICENSE', 'juntingnet_theano/network/shipped/LICENSE'],
    keywords='saliency, eye tracking, attention, Theano, Lasagne, LSUN, SALICON, iSUN',
    classifiers=[
        'Development Status :: 4 - Beta',
        'Environment :: Console',
        'Intended Audience :: Science/Research',
        'Operating System :: POSIX :: Linux',
        'Programming Language :: Python :: 3.8',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
        'Topic :: Scientific/Engineering :: Image Recognition',
        'Typing :: Typed',
    ],
    packages=find_packages(include=['juntingnet_theano*']),
    package_data={
        'juntingnet_theano': [
            'py.typed',
            '*/*.toml',
            'network/shipped/*',
            'web/*.json',
            'web/static/*',
            'web/static/*/*',
        ]
    },
    python_requires='>=3.8, !=3.9.*, !=3.10.*',
    install_requires=[
        'numpy',
        'scipy',  # MAT files, filters, morphology
        'h5py',  # caches, weights, checkpoints
        'pillow',  # image decoding and resizing
        'tqdm',  # progress bars
        'tabulate',  # columns of tables of scores
        'wcwidth',  # with which tabulate counts wide characters
        'matplotlib',  # learning curves and panels
        'threadpoolctl',  # scores that do not depend on the number of cores
        'pooch',  # downloads: temporary name, hash, final move
        'requests>=2.32',  # what pooch stands on; ours adds going on
        'gdown',  # Google Drive's question before large files
        'filelock',  # two processes at work on one file
        'lasagne==0.1',  # the layers, unmodified
        # The engine. Theano's original stopped in 2020 and needs Python 3.8
        # and NumPy < 1.20; PyTensor is its maintained successor. PyTensor 3.1.1
        # and later need Python 3.12, so 3.11 resolves to 3.0. 3.1.0 is 3.0.3
        # by another name, and was withdrawn. Below 3.4: the engine uses private
        # parts, which engine/compat.py lists and which were tried up to 3.3.
        'Theano==1.0.5; python_version < "3.9"',
        'numpy<1.20; python_version < "3.9"',
        # uv ignores the `!=3.9.*, !=3.10.*` above. There the marker makes its
        # resolution fail, as PyTensor 3 refuses these versions.
        'pytensor>=3.0,!=3.1.0,<3.4; python_version >= "3.9"',  # see engine/compat.py
        # The kernels. PyTensor and numba say which versions fit them.
        'numba; python_version >= "3.11"',  # compiles them
        'llvmlite; python_version >= "3.11"',  # their vectors and calls by address
        'tomli-w',  # settings as TOML: escapes are not JSON's
        'tomli; python_version < "3.11"',  # tomllib before it was standard
    ],
    extras_require={
        'gpu': ['jax[cuda12]; python_version >= "3.11"'],  # device=cuda
        'jax': ['jax; python_version >= "3.11"'],  # the same engine on a CPU
        # The page and its service: juntingnet serve.
        'web': [
            'starlette>=0.40',  # routes, requests and answers
            'uvicorn>=0.30',  # speaks HTTP/1.1, stops gracefully
            'python-multipart>=0.0.18',  # forms, as curl -F and browsers send
        ],
        'heif': ['pillow-heif'],  # HEIC, as telephones write it
        'video': ['av'],  # FFmpeg: videos in and out
        # Predicting, evaluating and training on several machines.
        'cluster': [
            'distributed; python_version >= "3.11"',  # dask: tasks, retries, dead workers
            'fsspec; python_version >= "3.11"',  # files in stores: s3://, gs://
        ],
        'test-cluster': [
            # fsspec's way to S3. pip falls back to one of 2020 to have the
            # newest of what moto needs.
            's3fs>=2024.2; python_version >= "3.11"',
            'moto[s3,server]; python_version >= "3.11"',  # a store that tests start
        ],
        'onnx': ['onnx'],  # writes the network for other programs
        'test-onnx': ['onnxruntime'],  # and runs what was written
        # For its users, and compared with in tests; nothing of ours needs it.
        # Its release imports torch and pkg_resources without saying so, and
        # calls what NumPy 2.4 dropped. setuptools 82 dropped pkg_resources.
        'peers': [
            'pysaliency; python_version >= "3.11"',
            'torch; python_version >= "3.11"',
            'numpy<2.4; python_version >= "3.11"',
            'setuptools<82; python_version >= "3.11"',
        ],
        'docs': ['sphinx', 'numpydoc', 'pydata-sphinx-theme'],  # make docs
        'test': [
            'pynose',
            'pytest',  # nosetests, maintained; both run
            'hypothesis',  # broken files that nobody thought of
            'setuptools>=70.1',  # pip reads the sources of Lasagne and Theano with it
        ],
        # Newer versions find new things, so these are the ones that find none.
        'lint': [
            'ruff==0.17.6; python_version >= "3.11"',  # rules and form
            'pyright[nodejs]==1.1.414; python_version >= "3.11"',  # types; with its own Node
            'import-linter==2.17; python_version >= "3.11"',  # which room may import which
        ],
    },
    entry_points={'console_scripts': ['juntingnet = juntingnet_theano.__main__:command']},
)
