using Gatehouse.Audit;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Emqx;

/// <summary>What of EMQX's defaults somebody must hear of, in the trail.</summary>
internal sealed class EmqxAlarms(GateEnvironment environment, string gate)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private DateTimeOffset _next;

    /// <summary>Records one of the gate itself.</summary>
    public void Raise(Problem problem) => environment.Trail.Write(new AuditEvent
    {
        Action = AuditAction.Alarm,
        Outcome = AuditOutcome.Failure,
        Time = environment.Time.GetUtcNow(),
        Gate = gate,
        Problem = problem.Id,
        Message = problem.Definition.Title,
    });

    /// <summary>Records that a client tried the default password: once a minute, as every attempt has its own record besides.</summary>
    public void DefaultTried(HttpExchange exchange)
    {
        DateTimeOffset now = environment.Time.GetUtcNow();
        lock (_lock)
        {
            if (now < _next)
            {
                return;
            }

            _next = now + Pause;
        }

        environment.Trail.Write(new AuditEvent
        {
            Action = AuditAction.Alarm,
            Outcome = AuditOutcome.Failure,
            Time = now,
            Gate = gate,
            Source = exchange.Source,
            ConnectionId = exchange.Connection.Connection.Id,
            RequestId = exchange.RequestId,
            User = LoginBody.DefaultName,
            Problem = EmqxProblems.DefaultLogin.Id,
            Message = EmqxProblems.DefaultLogin.Title,
        });
    }
}
