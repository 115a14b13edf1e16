"""The zygote has a single thread, whatever it has imported."""

import asyncio
import sys
from pathlib import Path

import psutil

from automl_runner.launchers.zygote_process import ZygoteProcess


async def test_the_zygote_of_the_real_work_has_exactly_one_thread():
    zygote = await ZygoteProcess.start((sys.executable, "-P", "-m", "automl_runner.children"))
    try:
        await asyncio.wait_for(zygote.ready.wait(), 60)
        process = psutil.Process(zygote.process.pid)
        loaded = {Path(region.path).parts[-2] for region in process.memory_maps() if "site-packages" in region.path}
        assert {"pyarrow", "lib"} & loaded
        assert process.num_threads() == 1
    finally:
        await zygote.kill()
