"""What time does: Prefect flows, and the files that know how flows wait. Only this room and tasks/ import Prefect."""
