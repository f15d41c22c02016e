using Gatehouse.App.Commands;
using Gatehouse.Trust;

// Both act on the whole process and must come before anything opens a socket or loads OpenSSL.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
OpenSslConfiguration.Activate();

string Value(string name, string fallback)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : fallback;
}

return await UpCommand.RunAsync(
    new UpArguments(Value("--config", "gatehouse.yaml"), Value("--data", "gatehouse-data"), null, null, "./gatehouse"),
    CancellationToken.None);
