package yaml

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// TestOperationsTogetherGiveWhatTheyGiveOneByOne: the same bytes, or the same error, whichever were carried out on one reading.
func TestOperationsTogetherGiveWhatTheyGiveOneByOne(t *testing.T) {
	t.Parallel()
	docs := manifests(t)
	for i, more := range []string{
		"a: {b: 1}\nc: {}\nd: [1, 2]\ne: []\nf:\n- g\n",
		"a:\n  b:\n    c: 1\n    # of c\n  # of b\n# of a\nd: 2",
		"a: {\n  b: 1, c: [x],\n  d: {e: 2} }\nf: |\n  x\n\ng: >-\n  y\n  z\n",
		"a:\n- b: 1\n  c:\n  - d: 2\n    e: {f: [1]}\n", "{\n  a: 1\n}\n", "a: 1\r\nb:\r\n  c: 2\r\n", "- a: 1\n- b: 2\n", "a:\nb:\n  c:\n",
	} {
		docs[strconv.Itoa(i)] = []byte(more)
	}
	random := rand.New(rand.NewPCG(1, 2))
	tried, joined := 0, 0
	for _, doc := range docs {
		root, err := readYAML(doc)
		if err != nil || root == nil {
			continue
		}
		var places []patch.Path
		gather(root, nil, &places)
		for range 100 {
			ops := make([]patch.Op, 2+random.IntN(4))
			for i := range ops {
				ops[i] = someOp(random, places)
			}
			became := 0
			together, _, err := apply(nil, doc, ops, func(doc []byte, root *yaml.Node, says []byte, ops []patch.Op) *edited {
				done := together(doc, root, says, ops)
				if done != nil {
					became++
				}
				return done
			})
			alone, _, aloneErr := apply(nil, doc, ops, func([]byte, *yaml.Node, []byte, []patch.Op) *edited { return nil })
			if fmt.Sprint(err) != fmt.Sprint(aloneErr) {
				t.Fatalf("%q, %v: %v together, %v one by one", doc, ops, err, aloneErr)
			}
			if err == nil && string(together) != string(alone) {
				t.Fatalf("%v\n%s", ops, patch.Unified("one by one and together", alone, together))
			}
			if tried++; err == nil && became > 0 {
				joined++
			}
		}
	}
	if joined < tried/40 {
		t.Errorf("of %d lists of operations only %d had some that were carried out together", tried, joined)
	}
}

func gather(n *yaml.Node, at patch.Path, places *[]patch.Path) {
	*places = append(*places, at)
	for i, child := range n.Content {
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 1:
			gather(child, at.With(n.Content[i-1].Value), places)
		case n.Kind == yaml.SequenceNode:
			gather(child, at.With(strconv.Itoa(i)), places)
		}
	}
}

func someOp(random *rand.Rand, places []patch.Path) patch.Op {
	at := places[random.IntN(len(places))]
	values := []string{`1`, `"x y"`, `{"k":"v","w":[1]}`, `[{"name":"n"}]`, `{}`, `"a\nb\n"`, `true`}
	o := patch.Op{Op: []string{patch.Add, patch.Add, patch.Add, patch.Replace, patch.Replace, patch.Replace, patch.Remove}[random.IntN(7)]}
	if o.Op == patch.Add {
		at = at.With([]string{"zz", "new" + strconv.Itoa(random.IntN(9)), "-", "0"}[random.IntN(4)])
	}
	if o.Path = at.Pointer(); o.Op != patch.Remove {
		o.Value = []byte(values[random.IntN(len(values))])
	}
	return o
}
