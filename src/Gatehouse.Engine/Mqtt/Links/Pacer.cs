using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>
/// Pauses far shorter than the runtime's timers know, for all who want one: a thread that sleeps only while somebody waits.
/// Where the system cannot sleep so shortly there is no pause.
/// </summary>
internal static partial class Pacer
{
    // prctl(2): how much later than asked for the kernel may wake this thread, in nanoseconds.
    private const int SetTimerSlack = 29;

    private static readonly ConcurrentQueue<Ticket> Waiting = new();
    private static readonly SemaphoreSlim Wake = new(0);
    private static readonly Lazy<bool> Runs = new(Start);
    private static int _count;

    /// <summary>Whether there are pauses here.</summary>
    public static bool IsHere => OperatingSystem.IsLinux() && Runs.Value;

    private static void Enter(Ticket ticket)
    {
        Waiting.Enqueue(ticket);
        if (Interlocked.Increment(ref _count) == 1)
        {
            Wake.Release();
        }
    }

    private static bool Start()
    {
        new Thread(Run) { IsBackground = true, Name = "pacer" }.UnsafeStart();
        return true;
    }

    private static void Run()
    {
        _ = Control(SetTimerSlack, 1000, 0, 0, 0);
        while (true)
        {
            Wake.Wait();
            int left;
            do
            {
                Sleep();
                int due = Volatile.Read(ref _count);
                int done = 0;
                while (done < due && Waiting.TryDequeue(out Ticket? ticket))
                {
                    done++;
                    ticket.Go();
                }

                left = Interlocked.Add(ref _count, -done);
            }
            while (left > 0);
        }
    }

    private static void Sleep()
    {
        TimeSpec time = new() { Nanoseconds = Gathering.Pause * 1000 };
        _ = NanoSleep(in time, 0);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NanoSleep(in TimeSpec request, nint remaining);

    [LibraryImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    /// <summary>One waiter's place, used again and again; it waits once at a time.</summary>
    internal sealed class Ticket : IValueTaskSource, IThreadPoolWorkItem
    {
        private ManualResetValueTaskSourceCore<bool> _core;

        /// <summary>Ends after the pause, on a thread of the pool.</summary>
        public ValueTask WaitAsync()
        {
            _core.Reset();
            Enter(this);
            return new ValueTask(this, _core.Version);
        }

        /// <inheritdoc/>
        public void Execute() => _core.SetResult(true);

        /// <inheritdoc/>
        public void GetResult(short token) => _core.GetResult(token);

        /// <inheritdoc/>
        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        /// <inheritdoc/>
        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);

        /// <summary>Its pause is over.</summary>
        public void Go() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
