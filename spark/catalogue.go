package spark

import (
	"bytes"
	"fmt"

	"sigs.k8s.io/yaml"
)

// ParseCatalogue reads facts of images, as a list or as a mapping with the key images, which is what explain image prints.
func ParseCatalogue(text []byte) (Catalogue, error) {
	raw, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, err
	}
	var c struct {
		Images Catalogue `json:"images"`
	}
	if bytes.HasPrefix(raw, []byte("{")) {
		err = yaml.UnmarshalStrict(text, &c)
	} else {
		err = yaml.UnmarshalStrict(text, &c.Images)
	}
	if err != nil {
		return nil, err
	}
	for i := range c.Images {
		if c.Images[i].Match == "" {
			return nil, fmt.Errorf("images[%d]: match is missing: the repository that it is about", i)
		}
		if err := c.Images[i].Validate(); err != nil {
			return nil, fmt.Errorf("images[%d]: %w", i, err)
		}
	}
	return c.Images, nil
}
