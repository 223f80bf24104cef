"""The pages of the site, one file each; what they show is worked out in the modules beside."""
