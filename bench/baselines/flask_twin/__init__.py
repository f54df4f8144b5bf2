"""The two old services the old way: Flask, requests, psycopg2, threads; nothing kept between two requests.

They serve the measured routes of the contract, by its formulas, in the shape of its answers. They are written to be quick
within that way of working: one pass over the rows where the old code made several, types converted by PostgreSQL,
a pool that waits. They stand in for the old services in measurements only.
"""
