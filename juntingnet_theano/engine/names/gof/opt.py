"""``theano.gof.opt``: rewrites under the names that Theano gave them.

>>> import theano.gof.opt
>>> theano.gof.opt.LocalOptimizer.__name__
'NodeRewriter'
"""

from pytensor.graph.rewriting import basic
from pytensor.graph.rewriting.basic import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

Optimizer, LocalOptimizer = basic.GraphRewriter, basic.NodeRewriter
SeqOptimizer = basic.SequentialGraphRewriter
MergeOptimizer = basic.MergeOptimizer
EquilibriumOptimizer = basic.EquilibriumGraphRewriter
TopoOptimizer = basic.WalkingGraphRewriter
PatternSub = basic.PatternNodeRewriter
OpSub = basic.SubstitutionNodeRewriter
local_optimizer = basic.node_rewriter
in2out, out2in = basic.in2out, basic.out2in
copy_stack_trace = basic.copy_stack_trace

__getattr__ = look_up(__name__, 'pytensor.graph.rewriting.basic')
