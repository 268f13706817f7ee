"""The editor server: findings as you type, fixes, completion, hover, and the ways between ids.

``repository`` keeps what the editor shows and answers questions about it; ``language`` speaks the Language Server
Protocol. Only ``language`` needs pygls.
"""
