package image

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Image is one image: its name with a tag, how it starts, and its layers from the lowest to the highest.
type Image struct {
	Name   string
	Config Config
	Layers []Layer
}

// Config is the part of the OCI image configuration that says how a container starts.
type Config struct {
	User       string   `json:",omitempty"`
	WorkingDir string   `json:",omitempty"`
	Entrypoint []string `json:",omitempty"`
	Env        []string `json:",omitempty"`
}

// Layer is what stands in a layer. One with a name is made once and kept: the same name has the same content at any time.
type Layer struct {
	Name    string
	Sources []Source
}

// Source puts a file or a folder with all that it holds at a path of the image. A folder's files keep owner and mode if Keep is set; all
// else belongs to root.
type Source struct {
	From, At string
	Keep     bool
	Mode     fs.FileMode // of Data and Folder
	Data     []byte      // instead of From: the file's text
	Folder   bool        // instead of From: an empty folder
}

// Write writes the images as one docker archive. A layer that two images share stands in it once. Layers are files of the folder store: those
// with a name stay there.
func Write(out io.Writer, store string, images ...Image) error {
	type named struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	w, written := tar.NewWriter(out), map[string]bool{}
	var manifest []named
	for _, img := range images {
		entry, diffs, history := named{RepoTags: []string{img.Name}}, []string{}, []struct{}{}
		for _, layer := range img.Layers {
			sum, err := layer.add(w, store, written)
			if err != nil {
				return fmt.Errorf("layer of %s: %w", img.Name, err)
			}
			entry.Layers, diffs, history = append(entry.Layers, sum+".tar"), append(diffs, "sha256:"+sum), append(history, struct{}{})
		}
		config, err := json.Marshal(map[string]any{"architecture": runtime.GOARCH, "os": "linux", "config": img.Config,
			"rootfs": map[string]any{"type": "layers", "diff_ids": diffs}, "history": history})
		if err != nil {
			return err
		}
		sum := sha256.Sum256(config)
		entry.Config = hex.EncodeToString(sum[:]) + ".json"
		if err := addFile(w, entry.Config, config); err != nil {
			return err
		}
		manifest = append(manifest, entry)
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	return errors.Join(addFile(w, "manifest.json", text), w.Close())
}

func addFile(w *tar.Writer, name string, data []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644}); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

// add writes the layer into the archive, unless it stands there, and gives its digest.
func (l Layer) add(archive *tar.Writer, store string, written map[string]bool) (sum string, err error) {
	name, sum, err := l.file(store)
	if err != nil {
		return "", err
	}
	if l.Name == "" {
		defer os.Remove(name)
	}
	if written[sum] {
		return sum, nil
	}
	written[sum] = true
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if err := archive.WriteHeader(&tar.Header{Name: sum + ".tar", Size: info.Size(), Mode: 0o644}); err != nil {
		return "", err
	}
	_, err = io.Copy(archive, file)
	return sum, err
}

// file is the layer as a file, and its digest, which is the end of the name of one that is kept.
func (l Layer) file(store string) (name, sum string, err error) {
	prefix := filepath.Join(store, l.Name+"-")
	if kept, _ := filepath.Glob(prefix + "*.tar"); l.Name != "" && len(kept) == 1 { // the pattern is well formed
		return kept[0], strings.TrimSuffix(strings.TrimPrefix(kept[0], prefix), ".tar"), nil
	}
	if err := os.MkdirAll(store, 0o755); err != nil {
		return "", "", err
	}
	temporary, err := os.CreateTemp(store, ".part-")
	if err != nil {
		return "", "", err
	}
	hash := sha256.New()
	w := tar.NewWriter(io.MultiWriter(temporary, hash))
	for _, source := range l.Sources {
		if err = source.write(w); err != nil {
			break
		}
	}
	name = temporary.Name()
	if err = errors.Join(err, w.Close(), temporary.Close()); err != nil {
		return "", "", errors.Join(err, os.Remove(name))
	}
	sum = hex.EncodeToString(hash.Sum(nil))
	if l.Name == "" {
		return name, sum, nil
	}
	return prefix + sum + ".tar", sum, os.Rename(name, prefix+sum+".tar")
}

func (s Source) write(w *tar.Writer) error {
	if s.Data != nil {
		if err := w.WriteHeader(&tar.Header{Name: s.At, Size: int64(len(s.Data)), Mode: int64(s.Mode.Perm())}); err != nil {
			return err
		}
		_, err := w.Write(s.Data)
		return err
	}
	if s.Folder {
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: s.At + "/", Mode: int64(s.Mode.Perm())})
	}
	return filepath.WalkDir(s.From, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		below, err := filepath.Rel(s.From, name)
		if err != nil {
			return err
		}
		link := ""
		switch info.Mode().Type() {
		case fs.ModeSymlink:
			if link, err = os.Readlink(name); err != nil {
				return err
			}
		case 0, fs.ModeDir:
		default: // a container has its own devices
			return nil
		}
		h, err := tar.FileInfoHeader(info, link)
		if err != nil {
			return err
		}
		h.Name = path.Join(s.At, filepath.ToSlash(below))
		if info.IsDir() {
			h.Name += "/"
		}
		owner := info.Sys().(*syscall.Stat_t)
		h.Uid, h.Gid, h.Uname, h.Gname = int(owner.Uid), int(owner.Gid), "", ""
		h.AccessTime, h.ChangeTime, h.Format = time.Time{}, time.Time{}, tar.FormatPAX
		if !s.Keep {
			h.Uid, h.Gid = 0, 0
		}
		if err := w.WriteHeader(h); err != nil || !info.Mode().IsRegular() {
			return err
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(w, file)
		return err
	})
}
