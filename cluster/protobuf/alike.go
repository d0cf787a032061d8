package protobuf

import (
	"bytes"
	"crypto/sha256"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// Key is the same for pods of one application that differ in nothing but names and state.
type Key [sha256.Size]byte

// Numbers of the fields of a pod that are looked into.
const (
	podMeta, podSpec, podStatus      = 1, 2, 3
	metaName, metaLabels, metaOwners = 1, 11, 13
	ownerController                  = 6
	specContainers, specInit         = 2, 20
	containerEnv                     = 7
	pairKey, pairValue               = 1, 2 // of a map's entry, and of a variable
	statusPhase                      = 1
)

// Alike names a pod and gives it a key that others share which were made from the same template and are in the same phase. Where
// nothing says whose pod it is, its name does, and no other shares its key.
func Alike(pod []byte) (key Key, name string, err error) {
	a := alike{text: make([]byte, 0, len(pod))}
	if err := fields(pod, a.pod); err != nil {
		return Key{}, "", err
	}
	if !a.owned {
		a.text = append(a.text, a.name...)
	}
	return sha256.Sum256(a.text), string(a.name), nil
}

// alike gathers what pods of one template have in common.
type alike struct {
	text  []byte
	name  []byte
	owned bool
}

type visitor func(number protowire.Number, kind protowire.Type, value, whole []byte) error

// within takes the fields of a message in. No field has the number 0, by which its end is known.
func (a *alike) within(number protowire.Number, message []byte, visit visitor) error {
	a.text = protowire.AppendVarint(a.text, uint64(number))
	err := fields(message, visit)
	a.text = append(a.text, 0)
	return err
}

func (a *alike) pod(number protowire.Number, kind protowire.Type, value, whole []byte) error {
	switch number {
	case podMeta:
		return a.within(number, value, a.meta)
	case podSpec:
		return a.within(number, value, a.spec)
	case podStatus:
		phase, err := only(value, statusPhase)
		a.text = append(append(a.text, phase...), 0)
		return err
	}
	a.text = append(a.text, whole...)
	return nil
}

func (a *alike) meta(number protowire.Number, kind protowire.Type, value, whole []byte) error {
	switch number {
	case metaName:
		a.name = value
		return nil
	case 2, 4, 5, 6, 7, 8, 9, 10, metaManagedFields: // generateName, selfLink, uid, resourceVersion, generation, times of creation and deletion, grace
		return nil
	case metaLabels:
		label, err := only(value, pairKey)
		switch {
		case workload.LabelOfOnePod(string(label)):
			return err
		case string(label) == spark.LabelApp:
			app, err := only(value, pairValue)
			if err != nil {
				return err
			}
			a.owned = a.owned || len(app) > 0
		}
		if err != nil {
			return err
		}
	case metaOwners:
		if err := fields(value, func(number protowire.Number, _ protowire.Type, value, _ []byte) error {
			a.owned = a.owned || number == ownerController && !bytes.Equal(value, []byte{0})
			return nil
		}); err != nil {
			return err
		}
	}
	a.text = append(a.text, whole...)
	return nil
}

func (a *alike) spec(number protowire.Number, kind protowire.Type, value, whole []byte) error {
	switch number {
	case 10, 16: // nodeName, hostname
		return nil
	case specContainers, specInit:
		return a.within(number, value, a.container)
	}
	a.plain(whole)
	return nil
}

func (a *alike) container(number protowire.Number, kind protowire.Type, value, whole []byte) error {
	if number == containerEnv {
		variable, err := only(value, pairKey)
		if err != nil {
			return err
		}
		if workload.VariableOfOnePod(string(variable)) {
			return a.within(number, value, func(number protowire.Number, _ protowire.Type, _, whole []byte) error {
				if number != pairValue {
					a.text = append(a.text, whole...)
				}
				return nil
			})
		}
	}
	a.plain(whole)
	return nil
}

// plain takes a field in, with the names hidden that are some pod's own.
func (a *alike) plain(whole []byte) {
	from := len(a.text)
	a.text = append(a.text, whole...)
	workload.HideNames(a.text[from:])
}
