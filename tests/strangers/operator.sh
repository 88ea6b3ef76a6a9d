# An operator's day, from the wheel alone.
python3.11 -m venv venv
venv/bin/pip install --quiet "attune-store[cli] @ $ATTUNE_STORE" psycopg-binary
PATH=$PWD/venv/bin:$PATH

attune-store migrate
attune-store migrate | grep 'nothing to do'
attune-store status
attune-store check

python - <<'END'
from attune_store import CreateExecutionInput, ExecutionStatus, Store

with Store(max_size=2) as store, store.transaction() as tx:
    tx.executions.create(CreateExecutionInput(action_ref="core.echo"))
    failed = tx.executions.create(CreateExecutionInput(action_ref="core.mail"))
    tx.executions.claim(failed.id)
    tx.executions.finish(failed.id, to=ExecutionStatus.FAILED)
END

attune-store work | grep "oldest waiting *execution 1, core.echo"
attune-store list --status failed | grep core.mail
attune-store show 1
attune-store requeue 2 | grep "execution 2 is requested"
attune-store cancel 1 2 | grep "execution 2 is cancelled"
attune-store prune --older-than 0d --dry-run | grep "would delete 2 executions"
attune-store prune --older-than 0d
attune-store list --json | python -c "import json, sys; assert json.load(sys.stdin) == [], 'some are left'"
