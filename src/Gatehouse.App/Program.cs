using Gatehouse.App.Commands;
using Gatehouse.App.Terminal;
using Gatehouse.Trust.Tls;

// First of all: it must come before anything loads OpenSSL.
OpenSslConfiguration.Activate();

return await new CommandTree(Screen.ForProcess()).RunAsync(args);
