package session

import "fmt"

// Exit ends the command with a code other than that of an error. What there was to say has been said.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Exit codes; the contract lists them.
const (
	Done        Exit = 0
	Found       Exit = 1
	Failed      Exit = 2
	Coverage    Exit = 3
	Waited      Exit = 124
	Interrupted Exit = 130 // and 128 and the signal's number for others
)
