using Gatehouse.App.Commands;
using Gatehouse.App.Terminal;
using Gatehouse.Trust.Tls;

// First of all: it must come before anything loads OpenSSL.
OpenSslConfiguration.Activate();

// The daemon starts without the commands that talk to it: making them takes longer than many a stage of its start.
return await new CommandTree(Screen.ForProcess(), isDaemon: args is [NodeCommands.UpName, ..]).RunAsync(args);
