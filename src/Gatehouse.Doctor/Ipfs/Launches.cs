using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Finds what starts a program: processes, units, and services of compose files that were named.</summary>
internal static class Launches
{
    /// <summary>All of them, processes first.</summary>
    public static IEnumerable<Launch> Find(IHost host, ExaminationRequest request, ServiceProgram program) =>
        host.Processes.Where(process => program.IsStarted(process.Arguments)).Select(process => Launch.Of(process, host))
            .Concat(UnitLaunches.Find(host, request, program))
            .Concat(ComposeLaunches.Find(host, request, program));

    /// <summary>Whether the file that says it was named.</summary>
    public static bool IsNamed(Launch launch, ExaminationRequest request) => launch.Process is null && !request.Files.IsEmpty && request.Wants(launch.Place);
}
