"""What the statements of a module bind, run and name, as their syntax trees say."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

#: A dotted name, in parts.
Name = tuple[str, ...]

#: Calls and decorators that make a value and change nothing else; so do classes, whose names are in CapWords.
_MAKERS = {
    "tuple",
    "list",
    "dict",
    "set",
    "frozenset",
    "str",
    "int",
    "float",
    "len",
    "range",
    "zip",
    "cache",
    "partial",
}
_MAKERS |= {"field", "lru_cache", "cached_property", "property", "setter", "staticmethod", "classmethod", "dataclass"}
_MAKERS |= {"contextmanager", "wraps", "overload", "final", "abstractmethod", "inference_mode", "no_grad"}
_MAKERS |= {"getLogger", "maketrans"}
_MAKERS |= {"field_validator", "model_validator", "field_serializer", "model_serializer", "computed_field"}
_CLASS = re.compile(r"_*[A-Z]+[a-z]\w*")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
#: What a scan looks at, besides names.
_NOTED = (*FUNCTIONS, *IMPORTS, ast.Attribute, ast.Global, ast.keyword, ast.Call, ast.arg, ast.AnnAssign)
#: Parts of a node that say nothing of what it does.
_SILENT = {"ctx", "kind", "type_comment"}


def imports_at_top(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Give the imports that run with the module: not those of its functions."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, IMPORTS):
            yield node
        elif isinstance(node, ast.stmt | ast.excepthandler | ast.match_case) and not isinstance(node, FUNCTIONS):
            waiting += ast.iter_child_nodes(node)


def binds_names(node: ast.stmt) -> bool:
    """Whether a statement binds names and nothing else: a function, a class, or an assignment to names."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        walrus = any(isinstance(inner, ast.NamedExpr) for inner in ast.walk(node))
        return not walrus and all(map(_is_target, _targets(node)))
    return isinstance(node, DEFINITIONS)


def makes_value(node: ast.stmt, wrappers: Collection[str] = ()) -> bool:
    """Whether a statement does nothing but to make a value and give it a name; some decorators only wrap."""
    if isinstance(node, FUNCTIONS):
        decorators = [it for it in node.decorator_list if not (isinstance(it, ast.Name) and it.id in wrappers)]
        defaults = [it for it in (*node.args.defaults, *node.args.kw_defaults) if it is not None]
        return all(map(_decorates, decorators)) and all(map(_is_value, defaults))
    if isinstance(node, ast.ClassDef):
        evaluated = [*node.bases, *(keyword.value for keyword in node.keywords)]
        inside = all(isinstance(it, ast.Pass) or is_text(it) or makes_value(it) for it in node.body)
        return inside and all(map(_decorates, node.decorator_list)) and all(map(_is_value, evaluated))
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return binds_names(node) and (node.value is None or _is_value(node.value))
    return False


def only_wraps(node: ast.FunctionDef) -> bool:
    """Whether a function does nothing but to define others and return a value, as a decorator may."""
    return all(
        is_text(it) or (isinstance(it, FUNCTIONS) and makes_value(it)) or (isinstance(it, ast.Return) and _returns(it))
        for it in node.body
    )


def _returns(node: ast.Return) -> bool:
    return node.value is None or _is_value(node.value)


def _is_value(node: ast.AST) -> bool:
    """Whether an expression makes a value and changes nothing else; a function without a name is one, too."""
    if isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
        return False
    if isinstance(node, ast.Call) and not _makes(node.func):
        return False
    return isinstance(node, ast.Lambda) or all(map(_is_value, ast.iter_child_nodes(node)))


def _decorates(node: ast.expr) -> bool:
    """Whether a decorator is known to change nothing but what it decorates."""
    return _is_value(node) if isinstance(node, ast.Call) else _makes(node)


def _makes(node: ast.expr) -> bool:
    """Whether what is called by a name is known to make a value and change nothing else."""
    parts = _chain(node) or ()
    return bool(parts) and (parts[-1] in _MAKERS or any(_CLASS.fullmatch(part) for part in parts[-2:]))


def called_on_import(node: ast.stmt) -> Iterator[ast.AST]:
    """Give the parts of a definition that call something when it is made: all but the bodies of functions."""
    evaluated: list[ast.AST] = []
    if isinstance(node, DEFINITIONS):
        yield from node.decorator_list
    if isinstance(node, FUNCTIONS):
        evaluated = [node.args, *filter(None, [node.returns])]
    elif isinstance(node, ast.ClassDef):
        yield from node.bases
        for inner in node.body:
            yield from called_on_import(inner)
        evaluated = [keyword.value for keyword in node.keywords]
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        evaluated = [it for it in (node.value, getattr(node, "annotation", None)) if it is not None]
    yield from (inner for part in evaluated for inner in ast.walk(part) if isinstance(inner, ast.Call))


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _is_target(node: ast.expr) -> bool:
    """Whether what is assigned to is a name, or several."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Tuple) and all(map(_is_target, node.elts)))


def is_text(node: object) -> bool:
    """Whether a statement is a mere text, such as a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def bound_names(node: ast.AST) -> Iterator[str]:
    """Give the names that a statement binds in the module: not those of its functions and classes."""
    if isinstance(node, DEFINITIONS):
        yield node.name
    elif isinstance(node, IMPORTS):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        if name := getattr(node, "name", None):
            # Of an exception, a pattern, or a type.
            yield from bound_names(name) if isinstance(name, ast.AST) else [name]
        for child in ast.iter_child_nodes(node):
            yield from bound_names(child)


def _chain(node: ast.AST) -> Name | None:
    """Return a name with the attributes that are taken from it; None for what is no name."""
    attributes = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return (node.id, *reversed(attributes)) if isinstance(node, ast.Name) else None


@dataclass
class Scan:
    """What is in a part of a module.

    Attributes
    ----------
    chains : set of Name
        The names that are read, each with the attributes that are taken from it.
    imports : list
        The imports, those of functions included.
    words : set of str
        Attributes, and whatever else may tell that something is found by text.
    """

    chains: set[Name] = field(default_factory=set)
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    words: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, *nodes: ast.AST) -> "Scan":
        """Look at every node below some."""
        scan, waiting = cls(), list(nodes)
        while waiting:
            node = waiting.pop()
            chain = _chain(node)
            if chain is not None:
                scan.words.update(chain[1:])
                if len(chain) > 1 or not isinstance(getattr(node, "ctx", None), ast.Store):
                    scan.chains.add(chain)
                continue
            if isinstance(node, _NOTED):
                waiting += scan._look_at(node)
            # Much faster than `ast.iter_child_nodes`, and most of what a plan spends on code.
            for value in vars(node).values():
                if isinstance(value, list):
                    waiting += [it for it in value if isinstance(it, ast.AST)]
                elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                    waiting.append(value)
        return scan

    def _look_at(self, node: ast.AST) -> Iterable[ast.AST]:
        """Note what a node is, and give what it holds as text: annotations in quotation marks."""
        match node:
            case ast.Attribute():
                self.words.add(node.attr)
            case ast.Import() | ast.ImportFrom():
                self.imports.append(node)
                self.words |= {part for alias in node.names for part in alias.name.split(".")}
                self.words.add(getattr(node, "module", None) or "")
            case ast.Global():
                self.chains |= {(name,) for name in node.names}
            case ast.keyword(arg=str(name)):
                self.words.add(name)
            case ast.Call(func=ast.Name(id=name), args=[]):
                self.words.add(f"{name}()")
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.words.add(node.name)
                return _quoted(node.returns)
            case ast.arg() | ast.AnnAssign():
                return _quoted(node.annotation)
        return ()


def _quoted(annotation: ast.expr | None) -> Iterator[ast.AST]:
    """Give the annotations that stand in quotation marks."""
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                yield ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError):
                continue


def quoted_types(node: ast.stmt) -> Iterator[ast.AST]:
    """Give the types that stand in quotation marks in an assignment, such as ``Tree = dict[str, "Node"]``."""
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        for inner in ast.walk(node.value):
            if isinstance(inner, ast.Subscript):
                yield from _quoted(inner.slice)


def write_syntax(node: object, docstrings: bool) -> str:
    """Write a syntax tree so that layout, comments and Python's version do not show, nor docstrings unless they count.

    `ast.dump` differs from one version of Python to the next, and jobs and audits may run in several.
    """
    if isinstance(node, ast.AST):
        shown = []
        for name in node._fields:
            value = getattr(node, name, None)
            if value is not None and value != [] and name not in _SILENT:
                shown.append(f"{name}={write_syntax(value, docstrings)}")
        return f"{type(node).__name__}({','.join(shown)})"
    if isinstance(node, list):
        counted = [it for it in node if not isinstance(it, ast.Pass) and (docstrings or not is_text(it))]
        return f"[{','.join([write_syntax(it, docstrings) for it in counted])}]"
    return repr(node)
