"""PostgreSQL: tables, queries, outbox and trail. Functions here flush, and never commit."""
