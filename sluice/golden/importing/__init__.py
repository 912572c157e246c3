"""Other tools' data sets and match modes, said in Sluice's own words."""
