# The chain: download -> preprocess -> train -> predict -> submit.
# Every step is a file; `make` makes what is missing.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:
# A run of the tests starts a hundred processes, each of which would compile the
# package's modules anew where Python is told to keep none.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
# Versions of Python that make the environment, the best first. Another one
# beside it: make test VENV=.venv-3.11 PYTHONS=3.11
PYTHONS := 3.12 3.13 3.11 3.14
BIN := $(VENV)/bin
JUNTINGNET := $(BIN)/juntingnet
# Settings on top of experiments/*.toml, for example SET="epochs=20 seed=1".
SET :=
# Where raw files lie that are on disk already, for example DATA=/data/isun.
DATA :=
# Where a folder for each set lies, for example RAW=/data.
RAW := data/raw
# What `make predict`, `submit`, `evaluate` and `figures` are about, and where
# its raw files lie.
DATASET := isun
FILES = $(or $(DATA),$(RAW)/$(DATASET))
# Whose maps these are. Where RUN was not trained, the weights that come with
# the package predict.
RUN = runs/$(DATASET)
TRAINED = $(wildcard $(RUN)/weights-best.hdf5)
MODEL = $(if $(TRAINED),--run $(RUN))
IMAGES :=
OUT := predictions
# Data sets of the registry, as `make download-SET` knows them.
DOWNLOADS := salicon-2015 salicon-2017 salicon-lsun salicon-api mit1003 \
    osie cat2000 toronto sample

.PHONY: help install demo test test-engine test-chain test-classic
.PHONY: test-lasagne test-theano test-nolearn test-page test-processors test-package
.PHONY: test-cluster test-onnx test-pysaliency test-video test-container
.PHONY: test-pytensor-next docs lint clean
.PHONY: preprocess train-isun train-salicon train-released train-both train-best train-best-more predict figures results submit evaluate tables
.PHONY: recipes figure-models bench bench-gpu bench-predict
.PHONY: download-isun download-salicon $(DOWNLOADS:%=download-%)

help:                  ## list the targets
	@echo 'make TARGET, where TARGET is one of'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1 | \2/p' Makefile | \
	    awk -F'|' '{ printf "%-20s%s\n", $$1, $$2 }'

install: $(BIN)/.installed   ## make .venv with the package and its test tools

$(BIN)/.installed: setup.py
	@python=$$(sh .ci/find-python $(PYTHONS)) && \
	    echo "installing into $(VENV) with $$python" && \
	    rm -rf $(VENV) && "$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --upgrade 'pip>=23.1'
	@$(BIN)/python -m pip install -qq --editable '.[test]'
	@touch $@

# --- the sample: a data set that needs no download -------------------------

demo: runs/sample/weights-last.hdf5  ## the whole chain on the sample, < 5 min
	@$(JUNTINGNET) report --run runs/sample --raw data/raw/sample \
	    --dataset sample
	@$(JUNTINGNET) predict --run runs/sample --dataset sample \
	    --raw data/raw/sample --split testing --form mat --out \
	    runs/sample/predictions
	@$(JUNTINGNET) submit lsun --dataset sample --raw data/raw/sample \
	    --maps runs/sample/predictions --out runs/sample/results.mat
	@$(JUNTINGNET) predict docs/pictures/photographs --out runs/photographs
	@$(BIN)/python experiments/sheet.py docs/pictures/photographs \
	    runs/photographs --out runs/photographs/sheet.png
	@echo
	@echo 'The sample: runs/sample/panel.png (image, prediction, truth),'
	@echo '    runs/sample/curves.png (the learning curve),'
	@echo '    runs/sample/results.mat (the submission).'
	@echo 'Your own pictures: $(JUNTINGNET) predict PHOTO.jpg --overlay'
	@echo 'Photographs, with the weights that ship: runs/photographs/sheet.png'

data/raw/sample/testing.mat: | $(BIN)/.installed
	@rm -rf data/raw/sample
	@$(JUNTINGNET) sample data/raw/sample

data/cache/sample.hdf5: data/raw/sample/testing.mat
	@$(JUNTINGNET) preprocess sample

# --- the paper's data sets --------------------------------------------------

download-isun: | $(BIN)/.installed     ## fetch and verify iSUN
	@$(JUNTINGNET) download isun --raw $(or $(DATA),$(RAW)/isun)

download-salicon: | $(BIN)/.installed  ## and SALICON (2015); others: data/
	@$(JUNTINGNET) download salicon-2015 --raw $(or $(DATA),$(RAW)/salicon)

$(DOWNLOADS:%=download-%): download-%: | $(BIN)/.installed
	@$(JUNTINGNET) download $* --raw $(or $(DATA),$(RAW)/$*)

train-isun: runs/isun/weights-last.hdf5  ## the paper's training on iSUN

train-salicon: runs/salicon/weights-last.hdf5  ## the paper's on SALICON

train-released: runs/released/weights-last.hdf5  ## the authors' code on iSUN

train-both: runs/salicon-both/weights-last.hdf5  ## the paper's on SALICON and more

preprocess: data/cache/isun.hdf5 data/cache/salicon.hdf5  ## both caches

# Small sets with an index, a folder each; before the rule for the others.
MORE := $(RAW)/more
data/cache/more-%.hdf5: | $(BIN)/.installed
	@$(JUNTINGNET) preprocess indexed --raw $(MORE)/$* --cache $@

data/cache/%.hdf5: | $(BIN)/.installed
	@$(JUNTINGNET) preprocess $* --raw $(or $(DATA),$(RAW)/$*)

# The authors' code crops images and not maps.
data/cache/isun-crop.hdf5: | $(BIN)/.installed
	@$(JUNTINGNET) preprocess isun --raw $(or $(DATA),$(RAW)/isun) \
	    --fit crop --cache $@

# A run that is there goes on; a new one begins.
CONFIG_isun := paper-isun
CONFIG_salicon := paper-salicon
train = @if [ -e runs/$(1)/settings.toml ]; then \
	    $(JUNTINGNET) train --run runs/$(1) --resume; \
	else \
	    $(JUNTINGNET) train --config experiments/$(or $(CONFIG_$(1)),$(1)).toml \
	        $(SET:%=--set %) --run runs/$(1); \
	fi

runs/released/weights-last.hdf5: data/cache/isun-crop.hdf5
	$(call train,released)

runs/salicon-both/weights-last.hdf5: data/cache/salicon.hdf5 \
    data/cache/more-salicon.hdf5
	$(call train,salicon-both)

runs/%/weights-last.hdf5: data/cache/%.hdf5
	$(call train,$*)

# --- the weights that ship: four teachers, their student, and its student ----

TEACHERS := 75 110 135
SAID := predictions/training
train-best: runs/best/weights-last.hdf5  ## the teacher of the weights that ship, 2 h

$(TEACHERS:%=runs/teacher-%/weights-last.hdf5): data/cache/isun.hdf5
	$(call train,$(notdir $(@D)))

runs/teacher-soft/weights-last.hdf5: data/cache/isun-soft.hdf5
	$(call train,teacher-soft)

runs/best/weights-last.hdf5: data/cache/isun-soft2.hdf5
	$(call train,best)

train-best-more: runs/best-more/weights-last.hdf5  ## the weights that ship, 30 min more

runs/best-more/weights-last.hdf5: data/cache/isun-soft3.hdf5 \
    data/cache/salicon.hdf5 $(patsubst %,data/cache/more-%.hdf5,osie_eye \
    salicon emod_task4 relational30 figrim etocvd)
	$(call train,best-more)

# 1.3 GB of maps each; the last file says that all are there.
$(SAID)/%/.complete: runs/%/weights-last.hdf5
	@$(JUNTINGNET) predict --weights $(<D)/weights-average.hdf5 --dataset isun \
	    --split training --raw $(or $(DATA),$(RAW)/isun) --views 12 --power 1 \
	    --form npy --out $(@D)
	@touch $@

soften = @$(BIN)/python experiments/soften.py --cache data/cache/isun.hdf5 \
    --out $@ $(1) $(^D)

data/cache/isun-soft.hdf5: $(TEACHERS:%=$(SAID)/teacher-%/.complete)
	$(call soften,--gazed 0.5 --others 0.5)

data/cache/isun-soft2.hdf5: \
    $(patsubst %,$(SAID)/teacher-%/.complete,$(TEACHERS) soft)
	$(call soften,--gazed 0.3 --others 0.6)

data/cache/isun-soft3.hdf5: $(SAID)/best/.complete
	$(call soften,--gazed 0.3 --others 0.6)

# --- maps, submissions, scores ----------------------------------------------

# SALICON's server scores pictures, of two splits; LSUN'15 cells in the order
# of its list; who asks for nothing gets a file an image: FORM=lsun-images.
SALICON := $(filter salicon salicon-2015 salicon-2017 salicon-api,$(DATASET))
LSUN := $(filter isun salicon-lsun sample,$(DATASET))
FORM := $(if $(SALICON),salicon,$(if $(LSUN),lsun,lsun-images))
ARCHIVE_salicon := results.zip
ARCHIVE_lsun := results.mat
ARCHIVE_lsun-images := maps.zip
# Where the maps of a split go: into OUT where one is named.
maps = $(if $(filter command,$(firstword $(origin OUT))),$(OUT)$(filter \
    -validation,-$(1)),$(RUN)/submission/$(DATASET)-$(1))
# The last file says that all maps are there, and whose they are.
MADE := .made-by-$(if $(TRAINED),the-run,the-weights-that-ship)
define predict-split
@rm -f $(call maps,$(1))/.made-by-*
@$(if $(TRAINED),,echo 'no $(RUN)/weights-best.hdf5: the weights that come \
    with the package predict')
@$(JUNTINGNET) predict $(MODEL) --dataset $(DATASET) --split $(1) \
    --raw $(FILES) --form $(if $(filter salicon,$(FORM)),png8,mat) \
    --out $(call maps,$(1))
@touch $(call maps,$(1))/$(MADE)
endef

predict: | $(BIN)/.installed   ## maps of DATASET's testing split, or of IMAGES
	$(if $(IMAGES),@$(JUNTINGNET) predict $(MODEL) --out $(OUT) \
	    $(IMAGES),$(call predict-split,testing))

$(call maps,testing)/$(MADE): $(TRAINED) | $(BIN)/.installed
	$(call predict-split,testing)

$(call maps,validation)/$(MADE): $(TRAINED) | $(BIN)/.installed
	$(call predict-split,validation)

# Maps that are there already are packed as they are.
BOTH := testing $(if $(filter salicon,$(FORM)),validation)
submit:                ## these maps, packed as DATASET's challenge takes them
submit: $(foreach split,$(BOTH),$(call maps,$(split))/$(MADE)) \
    | $(BIN)/.installed
	@$(JUNTINGNET) submit $(FORM) --dataset $(DATASET) --raw $(FILES) \
	    --maps $(call maps,testing) $(if $(filter validation,$(BOTH)), \
	    --validation-maps $(call maps,validation)) \
	    --out $(RUN)/$(ARCHIVE_$(FORM))

# What `make evaluate` scores on, and where `make tables` looks.
SPLIT := validation
SCORES := runs

evaluate: | $(BIN)/.installed  ## scores of RUN on DATASET's SPLIT, from DATA
	@$(JUNTINGNET) predict $(MODEL) --dataset $(DATASET) \
	    --split $(SPLIT) --raw $(FILES) \
	    --form npy --out $(RUN)/predictions/$(SPLIT)
	@$(JUNTINGNET) evaluate $(RUN) --dataset $(DATASET) --split $(SPLIT) \
	    --raw $(FILES)

tables: | $(BIN)/.installed    ## the paper's tables and the scores in SCORES
	@$(BIN)/python experiments/tables.py $(SCORES) --out tables

recipes: | $(BIN)/.installed   ## validation losses of all kept runs, one figure
	@$(BIN)/python experiments/recipes.py experiments/results \
	    --out experiments/results/recipes

figures: | $(BIN)/.installed   ## curve and panel of RUN; the paper's figures 2-5
	@$(JUNTINGNET) report --run $(RUN) --dataset $(DATASET) \
	    --raw $(FILES)
	@$(BIN)/python experiments/paper_figures.py --raw $(RAW) \
	    $(if $(filter isun salicon,$(DATASET)),--$(DATASET) $(FILES) \
	    --run-$(DATASET) $(RUN))

results:               ## keep settings, history, curve and scores of RUN
	@mkdir -p experiments/results/$(notdir $(RUN))
	@cp $(RUN)/settings.toml $(RUN)/history.csv \
	    $(wildcard $(RUN)/curves.png $(RUN)/mean-map.json) experiments/results/$(notdir $(RUN))
	@for path in $(wildcard $(RUN)/evaluation/*/scores.json); do \
	    cp $$path experiments/results/$(notdir $(RUN))/$$(basename \
	        $$(dirname $$path)).json; \
	done

# The mean training map and the network are in it where they are made.
figure-models: | $(BIN)/.installed  ## maps of all models, side by side
	@$(BIN)/python experiments/figure_models.py --dataset isun \
	    --raw $(or $(DATA),$(RAW)/isun) --out $(OUT)/models.png \
	    $(addprefix --cache ,$(wildcard data/cache/isun.hdf5)) \
	    $(MODEL)

# --- tests ------------------------------------------------------------------

# With some others, so that both processes take about as long.
ENGINE_TESTS := tests/engine tests/training tests/programs tests/experiments
OTHER_TESTS := $(filter-out $(ENGINE_TESTS) tests/golden tests/helpers \
    tests/lasagne_suite tests/theano_suite tests/nolearn_suite,\
    $(patsubst %/,%,$(wildcard tests/*/))) \
    $(wildcard tests/test_*.py)
test: install          ## the test suite, in two processes
	@echo 'two processes; each shows its output when it ends'
	@$(MAKE) --no-print-directory -j2 -Otarget test-engine test-chain

test-engine: install
	@$(BIN)/nosetests $(ENGINE_TESTS)

test-chain: install
	@$(BIN)/nosetests $(OTHER_TESTS)

test-lasagne: install  ## Lasagne 0.1's own tests on the facade
	@$(BIN)/python tests/lasagne_suite/run.py

test-theano: install   ## Theano 1.0.5's own tests, and old programs
	@$(BIN)/nosetests tests/programs
	@$(BIN)/python tests/theano_suite/run.py
	@$(BIN)/python tests/theano_suite/run.py --kernels

NOLEARN := nolearn==0.6.1
test-nolearn: .venv-nolearn/.installed  ## nolearn's NeuralNet on Lasagne 0.1
	@.venv-nolearn/bin/nosetests tests/nolearn_suite

.venv-nolearn/.installed: setup.py
	@python=$$(sh .ci/find-python $(PYTHONS)) && rm -rf .venv-nolearn && \
	    "$$python" -m venv .venv-nolearn
	@.venv-nolearn/bin/python -m pip install -qq --upgrade 'pip>=23.1'
	@.venv-nolearn/bin/python -m pip install -qq --editable '.[test]' scikit-learn tabulate
	@.venv-nolearn/bin/python -m pip install -qq --no-deps $(NOLEARN)
	@touch $@

# Tests of what an extra brings, each in an environment of its own.
EXTRAS := onnx video cluster
extras-onnx := onnx,test-onnx
extras-video := video,heif
extras-cluster := cluster,test-cluster
ONNX_TESTS := tests/network/test_onnx_export.py
test-onnx: .venv-onnx/.installed  ## the ONNX model against onnxruntime
	@.venv-onnx/bin/nosetests $(ONNX_TESTS)

VIDEO_TESTS := tests/prediction/test_videos.py tests/pictures/test_images.py
test-video: .venv-video/.installed  ## videos, and pictures of telephones
	@.venv-video/bin/nosetests $(VIDEO_TESTS)

CLUSTER_TESTS := tests/test_cluster.py tests/files/test_urls.py \
    tests/prediction/test_batches.py
test-cluster: .venv-cluster/.installed  ## dask's workers, and a store like S3
	@.venv-cluster/bin/nosetests $(CLUSTER_TESTS)

# What pysaliency 0.2.22 imports: a NumPy before 2.4, and torch, which it does
# not declare; of torch a release that has a build without CUDA for 3.11.
PEERS := pysaliency==0.2.22 torch==2.13.0 'numpy<2.4'
PEERS_TESTS := tests/test_pysaliency_models.py tests/metrics/test_pysaliency.py
test-pysaliency: .venv-pysaliency/.installed  ## our scores and models against pysaliency's
	@.venv-pysaliency/bin/nosetests $(PEERS_TESTS)

.venv-pysaliency/.installed: setup.py
	@python=$$(sh .ci/find-python 3.11 $(PYTHONS)) && rm -rf .venv-pysaliency && \
	    "$$python" -m venv .venv-pysaliency && \
	    echo "installing $(PEERS) into .venv-pysaliency with $$python"
	@.venv-pysaliency/bin/python -m pip install -qq --upgrade 'pip>=23.1'
	@.venv-pysaliency/bin/python -m pip install -qq --editable '.[test,peers]' $(PEERS)
	@.venv-pysaliency/bin/python -W ignore -c 'import pysaliency'
	@touch $@

$(EXTRAS:%=.venv-%/.installed): .venv-%/.installed: setup.py
	@python=$$(sh .ci/find-python $(PYTHONS)) && rm -rf .venv-$* && \
	    "$$python" -m venv .venv-$*
	@.venv-$*/bin/python -m pip install -qq --upgrade 'pip>=23.1'
	@.venv-$*/bin/python -m pip install -qq --editable '.[test,$(extras-$*)]'
	@touch $@

# Its own environment, with the service and what drives a browser. Where apt
# cannot install Chromium the tests of the page say what is missing, and skip.
PAGE := .venv-page/bin
SHOTS := build/page
test-page: $(PAGE)/.installed  ## the service and its page, in a real browser
	@command -v chromium chromedriver > /dev/null || \
	    { apt-get update -qq && apt-get install -y -qq chromium chromium-driver; } \
	    > /dev/null 2>&1 || echo 'no chromium, and apt does not install it'
	@JUNTINGNET_SHOTS=$(abspath $(SHOTS)) $(PAGE)/python -m pytest -q -rs tests/web
	@echo 'screenshots: $(SHOTS)'

test-container:        ## the image of Dockerfile, where docker is there
	@sh .ci/test-container

$(PAGE)/.installed: setup.py
	@python=$$(sh .ci/find-python $(PYTHONS)) && rm -rf .venv-page && \
	    "$$python" -m venv .venv-page
	@$(PAGE)/python -m pip install -qq --upgrade 'pip>=23.1'
	@$(PAGE)/python -m pip install -qq --editable '.[web,test]' selenium
	@$(PAGE)/python -m pip install -qq schemathesis axe-selenium-python || \
	    echo 'without schemathesis and axe, whose tests skip'
	@touch $@

# The kernels' tests with vectors of each width, and with the instructions of
# the oldest processor and of ten years ago. Each has kernels of its own, for
# which CACHES is the place: make test-processors PROCESSORS="16 haswell"
PROCESSORS := 4 8 16 generic haswell
CACHES := build/kernels
KERNEL_TESTS := tests/engine
as-4 := JUNTINGNET_LANES=4
as-8 := JUNTINGNET_LANES=8
as-16 := JUNTINGNET_LANES=16
as-generic := NUMBA_CPU_NAME=generic
as-haswell := NUMBA_CPU_NAME=haswell NUMBA_CPU_FEATURES=$\
    +sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+bmi,+bmi2
test-processors: $(PROCESSORS:%=test-as-%)  ## kernels for other processors

test-as-%: install
	@echo "kernels for $(as-$*)" && mkdir -p $(CACHES)/$* && $(as-$*) \
	    PYTENSOR_FLAGS="base_compiledir=$(abspath $(CACHES))/$*" \
	    $(BIN)/nosetests $(KERNEL_TESTS)

CLASSIC := .venv-classic/bin
CLASSIC_TESTS := tests/network tests/training tests/settings \
    tests/cache/test_cache.py tests/prediction tests/engine/test_golden.py
test-classic: $(CLASSIC)/.installed  ## engine tests on the original Theano
	@THEANO_FLAGS="$$(sh .ci/classic-flags $(CLASSIC)/python)" $(CLASSIC)/nosetests \
	    $(CLASSIC_TESTS)

$(CLASSIC)/.installed: setup.py
	@python=$$(sh .ci/find-python 3.8) && rm -rf .venv-classic && \
	    "$$python" -m venv .venv-classic
	@$(CLASSIC)/python -m pip install -qq --upgrade 'pip>=23.1'
	@$(CLASSIC)/python -m pip install -qq --editable '.[test]'
	@touch $@

# Beside what setup.py allows. A version that the engine refuses is no failure.
test-pytensor-next: .venv-next/.installed  ## engine tests on PyTensor's newest pre-release
	@sh .ci/test-pytensor-next .venv-next

.venv-next/.installed: setup.py
	@python=$$(sh .ci/find-python $(PYTHONS)) && rm -rf .venv-next && \
	    "$$python" -m venv .venv-next
	@.venv-next/bin/python -m pip install -qq --upgrade 'pip>=23.1'
	@.venv-next/bin/python -m pip install -qq --editable '.[test]'
	@touch $@

# --- documentation and package ----------------------------------------------

docs: $(BIN)/.docs     ## the documentation: build/docs/index.html
	@rm -rf docs/api
	@$(BIN)/sphinx-build -q -W --keep-going docs build/docs
	@echo 'build/docs/index.html'

$(BIN)/.docs: $(BIN)/.installed
	@$(BIN)/python -m pip install -qq --editable '.[docs]'
	@touch $@

# The tools of the package have an environment of their own.
PACKAGING := build/packaging
test-package: $(PACKAGING)/.installed  ## the wheel, the sdist, their metadata
	@sh .ci/test-package $(PACKAGING)

$(PACKAGING)/.installed:
	@python=$$(sh .ci/find-python $(PYTHONS)) && rm -rf $(PACKAGING) && \
	    "$$python" -m venv $(PACKAGING)
	@$(PACKAGING)/bin/python -m pip install -qq build twine uv
	@touch $@

lint: $(BIN)/.lint     ## rules, form, imports between rooms, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/pyright --pythonpath $(BIN)/python

$(BIN)/.lint: $(BIN)/.installed
	@$(BIN)/python -m pip install -qq --editable '.[lint,web]'
	@touch $@

# --- benchmarks: experiments/README.rst -------------------------------------

bench: $(BIN)/.installed   ## the engine against PEERS_PYTHON, THEANO_PYTHON
	@$(BIN)/python experiments/bench_engine.py --out runs/bench

# A Python that has JAX for CUDA already, for example GPU_PYTHON=python3.
GPU_PYTHON :=
bench-gpu: $(if $(GPU_PYTHON),,$(BIN)/.gpu)  ## the same on a GPU
	@PYTHONPATH=. $(or $(GPU_PYTHON),$(BIN)/python) \
	    experiments/bench_gpu.py --out runs/bench

$(BIN)/.gpu: $(BIN)/.installed
	@$(BIN)/python -m pip install -qq --editable '.[gpu]'
	@touch $@

bench-predict: $(BIN)/.installed  ## pictures to maps against PEERS_PYTHON
	@$(BIN)/python experiments/bench_predict.py --out runs/bench

clean:                 ## remove environments, caches and runs, never data/raw
	rm -rf $(VENV) .venv-classic .venv-next .venv-page .venv-pysaliency .venv-nolearn \
	    $(EXTRAS:%=.venv-%) \
	    build docs/api data/cache runs predictions tables \
	    evaluation
