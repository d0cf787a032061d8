package document

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// assignments visits the variables that a node assigns, nodes below it left out; value is nil where it is not known. The name "" stands for
// any variable.
func assignments(n syntax.Node, visit func(name string, value *syntax.Word)) {
	all := func(list []*syntax.Assign, plain bool) {
		for _, a := range list {
			switch {
			case a.Name == nil || a.Naked:
			case !plain || a.Append || a.Array != nil || a.Index != nil:
				visit(a.Name.Value, nil)
			case a.Value == nil:
				visit(a.Name.Value, &syntax.Word{})
			default:
				visit(a.Name.Value, a.Value)
			}
		}
	}
	switch n := n.(type) {
	case *syntax.CallExpr:
		if len(n.Args) == 0 {
			all(n.Assigns, true)
			return
		}
		switch n.Args[0].Lit() {
		case "source", ".", "eval":
			visit("", nil)
		case "read", "unset", "printf", "mapfile", "readarray", "getopts":
			for _, word := range n.Args[1:] {
				if name := word.Lit(); syntax.ValidName(name) {
					visit(name, nil)
				}
			}
		}
	case *syntax.DeclClause:
		plain := true
		for _, a := range n.Args {
			if a.Name == nil && a.Value != nil && strings.Trim(a.Value.Lit(), "-rxg") != "" {
				plain = false // -i makes a number of it
			}
		}
		all(n.Args, plain)
	case *syntax.WordIter:
		visit(n.Name.Value, nil)
	case *syntax.ParamExp:
		if n.Exp != nil && n.Param != nil && (n.Exp.Op == syntax.AssignUnset || n.Exp.Op == syntax.AssignUnsetOrNull) {
			visit(n.Param.Value, nil)
		}
	case *syntax.BinaryArithm:
		if op := n.Op.String(); strings.HasSuffix(op, "=") && !strings.ContainsAny(op[:1], "=!") && op != "<=" && op != ">=" {
			number(n.X, visit)
		}
	case *syntax.UnaryArithm:
		if n.Op == syntax.Inc || n.Op == syntax.Dec {
			number(n.X, visit)
		}
	}
}

// number visits the variable that arithmetic assigns.
func number(x syntax.ArithmExpr, visit func(name string, value *syntax.Word)) {
	if word, is := x.(*syntax.Word); is && syntax.ValidName(word.Lit()) {
		visit(word.Lit(), nil)
	}
}

// plainText is the text of a word in which the shell replaces nothing.
func plainText(word *syntax.Word) (text string, plain bool) {
	if word == nil {
		return "", false
	}
	var add func(parts []syntax.WordPart) bool
	add = func(parts []syntax.WordPart) bool {
		for _, part := range parts {
			switch part := part.(type) {
			case *syntax.Lit:
				if strings.ContainsAny(part.Value, "\\~") {
					return false
				}
				text += part.Value
			case *syntax.SglQuoted:
				if part.Dollar {
					return false
				}
				text += part.Value
			case *syntax.DblQuoted:
				if part.Dollar || !add(part.Parts) {
					return false
				}
			default:
				return false
			}
		}
		return true
	}
	return text, add(word.Parts)
}
