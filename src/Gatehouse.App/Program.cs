using Gatehouse.App.Commands;
using Gatehouse.App.Terminal;

return await new CommandTree(Screen.ForProcess()).RunAsync(args);
