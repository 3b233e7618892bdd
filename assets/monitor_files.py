"""The asset that shows which monitor files could not be read: a broken file is never silent."""

from collections.abc import Mapping, Sequence

import dagster as dg

KEY = dg.AssetKey("monitor_files")


def build_monitor_files(
    models: Sequence[str], problems: Mapping[str, Sequence[str]]
) -> dg.AssetsDefinition:
    """Return the asset of all monitor files; it fails as long as one of them has *problems*."""
    lines = [line for file_lines in problems.values() for line in file_lines]
    listed = "\n".join(f"- `{line}`" for line in lines)

    @dg.asset(
        key=KEY,
        group_name="monitors",
        kinds={"yaml"},
        description=f"{len(problems)} files cannot be used:\n\n{listed}" if lines
        else "Every monitor file can be used.",
        metadata={"models": len(models), "broken_files": len(problems)},
    )  # fmt: skip
    def monitor_files() -> dg.MaterializeResult[None]:
        if lines:
            raise dg.Failure(
                description="\n".join(lines),
                metadata={"problems": dg.MetadataValue.md(listed)},
                allow_retries=False,
            )

        return dg.MaterializeResult(metadata={"models": len(models), "broken_files": 0})

    return monitor_files
