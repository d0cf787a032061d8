// Package installation is the webhook in a cluster: what of it is there, applying and removing it, and proving that it works.
// install, uninstall, status and explain pod print what it finds. Start reading at [Read] and [Run.Apply].
package installation

import (
	"fmt"
	"strings"
)

const few = 5 // names that are listed

// Some lists a few names, and says how many more there are.
func Some(names []string) string {
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}
