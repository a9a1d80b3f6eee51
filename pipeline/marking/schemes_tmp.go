package marking

var schemes = []Scheme{}
