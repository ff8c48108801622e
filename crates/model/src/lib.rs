//! What a function, version, mapping and invocation are: names, ARNs, limits, units, pure state machines.
