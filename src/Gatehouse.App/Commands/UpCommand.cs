using System.Net;
using System.Runtime.InteropServices;
using Gatehouse.Engine.Hosting;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse up</c>: the daemon, until SIGTERM or SIGINT. SIGHUP reads gatehouse.yaml again.</summary>
internal static class UpCommand
{
    /// <summary>Runs it; the exit code.</summary>
    public static async Task<int> RunAsync(UpArguments arguments, CancellationToken cancellation)
    {
        if (arguments.Listen is not null && !IPAddress.TryParse(arguments.Listen, out _))
        {
            return Fail(StartProblems.StartFailed.Because(
                $"`--listen {arguments.Listen}` is no address", hint: "an IPv4 or IPv6 address, for example 0.0.0.0"));
        }

        using ILoggerFactory loggers = LoggerFactory.Create(static logging => logging
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)

            // TLS is our own middleware: the server's warnings that it sees none are wrong.
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error)
            .AddConsole(static console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .AddSimpleConsole(static line =>
            {
                line.SingleLine = true;
                line.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                line.UseUtcTimestamp = true;
                line.ColorBehavior = LoggerColorBehavior.Disabled;
            }));
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stop));
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stop));
        try
        {
            await using Node node = await Node.StartAsync(Options(arguments) with { Left = () => stop.TrySetResult() }, loggers, cancellation);
            using PosixSignalRegistration reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                _ = node.ReloadAsync();
            });
            Show(node.Report, arguments);
            await stop.Task.WaitAsync(cancellation);
            await node.StopAsync();
            return 0;
        }
        catch (ProblemException fault)
        {
            return Fail(fault.Problem);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Fail(StartProblems.StartFailed.Because(fault.Message));
        }
    }

    private static NodeOptions Options(UpArguments arguments) => new()
    {
        ConfigurationFile = Path.GetFullPath(arguments.ConfigurationFile),
        DataDirectory = Path.GetFullPath(arguments.DataDirectory),
        NodeKeyPath = arguments.KeyFile is null ? null : Path.GetFullPath(arguments.KeyFile),
        ListenAddress = arguments.Listen,
        IsService = IsService(),
    };

    /// <summary>systemd sets both for what it starts; a person's terminal has neither, or a terminal beside them.</summary>
    private static bool IsService() =>
        Environment.GetEnvironmentVariable("INVOCATION_ID") is not null && Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null;

    private static void Show(StartReport report, UpArguments arguments)
    {
        Console.Out.Write(StartBox.Render(report, arguments.Command));
        Console.Out.Flush();
        if (report.Password is not null)
        {
            FirstStart.ForgetPassword(Path.GetFullPath(arguments.DataDirectory));
        }
    }

    private static void Stop(PosixSignalContext context, TaskCompletionSource stop)
    {
        context.Cancel = true;
        stop.TrySetResult();
    }

    private static int Fail(Problem problem)
    {
        Console.Error.WriteLine(problem.ToString());
        return 2;
    }
}

/// <summary>Arguments of <c>up</c>.</summary>
/// <param name="ConfigurationFile">gatehouse.yaml.</param>
/// <param name="DataDirectory">The data folder.</param>
/// <param name="KeyFile">The node's key, or null for the usual place.</param>
/// <param name="Listen">Address for the gates of a first start, or null.</param>
/// <param name="Command">How this program is called, options included, for the commands it prints.</param>
internal sealed record UpArguments(string ConfigurationFile, string DataDirectory, string? KeyFile, string? Listen, string Command);
