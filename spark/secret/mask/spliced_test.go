package mask

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark/secret"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

var spliced = flag.Int("spliced", 2000, "documents that are spliced at random")

// TestSplicedTextsAreStable: parts of manifests, of texts of the field and of what holds secrets, put together at random, are masked
// twice what they are masked once.
func TestSplicedTextsAreStable(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var texts []string
	for _, dir := range []string{"handmade", "shaped", "faulty", "forms"} {
		all, err := fixtures.Manifests(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if len(m.Text) < 20_000 {
				texts = append(texts, string(m.Text))
			}
		}
	}
	core := fixtures.Mixed(uint32(seed))
	field, _ := fixtures.FieldCanaries(core)
	for _, c := range append(fixtures.Canaries(core), field...) {
		texts = append(texts, c.Value, c.Name+"="+c.Value, c.Name+": "+c.Value, "  "+c.Name+" "+c.Value+"\n", "--"+c.Name+" "+c.Value)
	}
	masks := map[string]func(string) string{
		"a message":  secret.HideMessage,
		"a text":     secret.HideText,
		"a document": func(text string) string { return string(Document([]byte(text))) },
	}
	failed := map[string]int{}
	for range *spliced {
		text := splice(random, texts)
		for what, mask := range masks {
			unstable := func(text string) bool { once := mask(text); return mask(once) != once }
			if !unstable(text) {
				continue
			}
			if failed[what]++; failed[what] <= 5 {
				text = smallest(text, unstable)
				t.Errorf("%s %q: masked once it is %q, twice %q", what, text, mask(text), mask(mask(text)))
			}
		}
	}
	if len(failed) > 0 {
		t.Errorf("not stable of %d: %v", *spliced, failed)
	}
}

// splice puts parts of texts together.
func splice(random *rand.Rand, texts []string) string {
	var b strings.Builder
	for range 2 + random.IntN(6) {
		text := texts[random.IntN(len(texts))]
		from := random.IntN(len(text) + 1)
		part := text[from:min(len(text), from+random.IntN(200))]
		if random.IntN(2) == 0 { // whole lines
			part = part[strings.IndexByte(part, '\n')+1:]
			if !strings.HasSuffix(b.String(), "\n") {
				b.WriteByte('\n')
			}
		}
		b.WriteString(part)
	}
	return strings.ToValidUTF8(b.String(), "")
}

// smallest cuts from a text what it does not need to stay as it is.
func smallest(text string, is func(string) bool) string {
	for size := len(text) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(text); {
			if less := strings.ToValidUTF8(text[:at]+text[at+size:], ""); is(less) {
				text = less
			} else {
				at += size
			}
		}
	}
	return text
}
