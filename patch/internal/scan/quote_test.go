package scan

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestANameIsQuotedAsJSONDoes(t *testing.T) {
	names := []string{"", "env", "prometheus.io/port", "a b", "~", "\x7f", "é", "\u2028", "\xff", `"`, `\`, "<", ">", "&"}
	for c := range 0x80 {
		names = append(names, string(rune(c)), "a"+string(rune(c))+"b")
	}
	for _, name := range names {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(name); err != nil {
			t.Fatal(err)
		}
		if got := Quote(name); string(got)+"\n" != want.String() {
			t.Errorf("%q: %s, want %s", name, got, want.Bytes())
		}
		html, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		if Plain(name) && string(html) != `"`+name+`"` {
			t.Errorf("%q is written as %s", name, html)
		}
	}
}
