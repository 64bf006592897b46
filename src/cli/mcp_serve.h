/*
 * mcp_serve - mien's agents as tools for other programs: a server of the Model Context Protocol on
 * standard input and output. A call is a goal in the workspace, with an engine of its own.
 */
#ifndef CLI_MCP_SERVE_H
#define CLI_MCP_SERVE_H

struct cli;

int cli_mcp_serve(struct cli *c);

#endif
