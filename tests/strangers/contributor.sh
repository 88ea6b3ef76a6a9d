# A contributor's first query: a fresh clone, the demo, and the five steps of CONTRIBUTING.md.
unset DATABASE_URL
git clone --quiet "$REPOSITORY" attune-store
cd attune-store
make demo

# 1. The query.
cat >> queries/pack.sql <<'END'

-- name: CountPacksByTag :one
-- How many packs have this tag.
SELECT count(*) FROM attune.pack WHERE tags @> ARRAY[sqlc.arg(tag)::text];
END
# 2. The function.
make generate
# 3. The method.
cat >> attune_store/_async/pack.py <<'END'

    async def count_by_tag(self, tag: str, /) -> int:
        """Count the packs that have this tag (CountPacksByTag)."""
        with self._reading:
            return await queries.count_packs_by_tag(self._conn, tag=arguments.text(tag, "tag"))
END
make generate
# 4. Its test.
cat >> tests/test_pack.py <<'END'


def test_count_by_tag(twin: Twin) -> None:
    make_packs(twin, "aa", "bb", tags=["wanted"])
    make_packs(twin, "cc", tags=["other"])
    assert twin.repositories.packs.count_by_tag("wanted") == 2
    assert twin.repositories.packs.count_by_tag("none") == 0
END
make test ARGS="tests/test_pack.py -k count_by_tag -n 0"
# 5. No index is missing; the line in the changelog.
sed -i '0,/^- /s//- New: `packs.count_by_tag(tag)`.\n- /' CHANGELOG.md
make lint types verify
