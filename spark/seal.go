package spark

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Seal marks an entry that was read from an image, so that a later change by hand is seen. It keeps out no one who means harm.
func (i Image) Seal() Image {
	i.Sum = i.sum()
	return i
}

// Sealed says that an entry is as Seal left it.
func (i *Image) Sealed() bool { return i.Sum != "" && i.Sum == i.sum() }

func (i Image) sum() string {
	i.Sum, i.Learned = "", false
	raw, err := json.Marshal(i)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:6])
}
