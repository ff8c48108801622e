//! Runs the generator.

fn main() -> anyhow::Result<()> {
    xtask::codegen::run(std::env::args().any(|arg| arg == "--check"))
}
